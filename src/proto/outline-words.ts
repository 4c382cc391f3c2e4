/** What the outline says of names and tokens that do not belong where they stand. */
import { nearest } from '../errors.js';
import { type MessageInfo, messageInfo } from './fields.js';
import type { Token } from './scanner.js';

/** The message that is being read: its type, its name in errors, and the bracket that ends it. */
interface Place {
  info: MessageInfo;
  label: string;
  close: string | undefined;
}

/** Message and help for a name that is no field: the nearest one, or where it would be one. */
export function unknownField(token: Token, { info, label }: Place): [string, string | undefined] {
  const near = nearest(token.text, info.byName.keys());
  const homes = near ? [] : homesOf(token.text, info);
  const home = homes.length ? `'${token.text}' is a field of ${homes.slice(0, 3).join(', ')}` : undefined;
  return [`${label} has no field '${token.text}'`, near ? `did you mean '${near}'?` : home];
}

/** The same for a token that is no name at all. */
export function strayToken(token: Token, { label, close }: Place): [string, string?] {
  if (token.text === '}' || token.text === '>') {
    return close
      ? [`expected '${close}', found '${token.text}'`]
      : [`this '${token.text}' closes nothing`, 'one brace too many, here or further up'];
  }
  if (token.text === '[') return ["extensions in '[' ']' are not known here"];
  return [`expected the name of a field of ${label}, found ${shown(token)}`];
}

/** A token as an error names it. */
export function shown(token: Token): string {
  return token.kind === 'end' ? token.text : `'${token.text}'`;
}

/** Sub-messages of a layer, or of this message, that do have such a field. */
function homesOf(name: string, info: MessageInfo): string[] {
  const homes = new Set<string>();
  for (const field of [...info.fields, ...messageInfo('LayerParameter').fields]) {
    if (field.type === 'message' && messageInfo(field.message!).byName.has(name)) homes.add(field.name);
  }
  if (messageInfo('LayerParameter').byName.has(name)) homes.add('layer');
  return [...homes];
}
