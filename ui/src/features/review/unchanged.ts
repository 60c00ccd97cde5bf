import { wordsOf } from '@/actions/operations';
import type { Request } from '@/api/backend';

/** What is said of stacks that stay as they are: a destroy leaves those that do not exist. */
export function unchangedWord(request: Request): string {
  return wordsOf(request).destructive ? 'not there' : 'unchanged';
}
