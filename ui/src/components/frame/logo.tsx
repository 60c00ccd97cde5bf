import icon from '../../../../icons/icon.svg';

/** The product's mark. `alt`: empty where the name stands beside it. */
export function Logo({ size, alt }: { size: number; alt: string }) {
  return <img src={icon} alt={alt} width={size} height={size} className="shrink-0" />;
}
