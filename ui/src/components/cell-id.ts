/** What stands for a stack in an environment, in grid and graph alike: the focus returns to it when its panel closes. */
export const cellId = (stack: string, environment: string) => `cell/${stack}/${environment}`;
