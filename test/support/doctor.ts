import { commandIn, type Examination } from './command.js';

/** Starts the doctor as people do: a process of its own, in a folder. */
export function doctorIn(
  folder: string,
  environment: Record<string, string>,
  ...more: string[]
): Promise<Examination> {
  return commandIn('doctor', folder, environment, ...more);
}
