/** What a plot is, to the command that writes it. */
import type { Picture } from '../../report/index.js';

export interface Plot {
  picture: Picture;
  /** For --json. */
  about: object;
}
