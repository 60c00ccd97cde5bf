import type { EnvironmentSettings } from '@/api/backend';

/** Settings while they are edited: tags and topics as rows, some of them half filled in. */
export type Draft = Omit<EnvironmentSettings, 'tags' | 'notification_arns'> & {
  tags: { key: string; value: string }[];
  topics: string[];
};

/** What shows a part of a draft. */
export type DraftPart = { draft: Draft; onChange: (change: Partial<Draft>) => void };

/** The settings as they are edited. */
export function toDraft({ tags, notification_arns, ...rest }: EnvironmentSettings): Draft {
  return {
    ...rest,
    tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
    topics: notification_arns,
  };
}

/** The settings to write. Rows that were left empty are none. */
export function fromDraft({ tags, topics, ...rest }: Draft): EnvironmentSettings {
  return {
    ...rest,
    tags: Object.fromEntries(
      tags.filter(({ key }) => key.trim()).map(({ key, value }) => [key.trim(), value]),
    ),
    notification_arns: topics.map((topic) => topic.trim()).filter(Boolean),
  };
}
