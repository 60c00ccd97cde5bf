import { type ComponentType, lazy, Suspense } from 'react';

/** A component whose code is loaded when it is first shown. */
export function later<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  const Screen = lazy(async () => ({ default: await load() }));
  return (props) => (
    <Suspense>
      <Screen {...props} />
    </Suspense>
  );
}
