import { Fragment } from 'react';

/** A text that is broken only between its words, and not at the hyphens of `--refresh`. */
export function Words({ text }: { text: string }) {
  return text.split(' ').map((word, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the words of one text
    <Fragment key={index}>
      {index > 0 ? ' ' : null}
      <span className="inline-block max-w-full break-words">{word}</span>
    </Fragment>
  ));
}
