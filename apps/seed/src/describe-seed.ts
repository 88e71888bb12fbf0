import { formatAddress } from '@macula/core';
import type { MaculaNode } from '@macula/node';
import type { SeedOptions } from './seed-options.ts';

/** What a seed says when it is up: for people, or one line of JSON. */
export function describeSeed(
  node: Pick<MaculaNode, 'id' | 'realm' | 'addresses'>,
  options: Pick<SeedOptions, 'json' | 'httpHost' | 'httpPort' | 'dataDir' | 'wamp' | 'wampHost'>,
  color: boolean,
): string {
  const addresses = node.addresses.map(formatAddress);
  const http = `http://${formatAddress({ host: options.httpHost, port: options.httpPort })}`;
  const wamp =
    options.wamp === undefined
      ? undefined
      : `ws://${formatAddress({ host: options.wampHost, port: options.wamp })}/ws`;
  if (options.json) {
    return `${JSON.stringify({ id: node.id.key, realm: node.realm, addresses, http, wamp, dataDir: options.dataDir })}\n`;
  }
  const bold = (text: string): string => (color ? `\u001b[1m${text}\u001b[22m` : text);
  return [
    `${bold('Macula seed')} of realm ${node.realm}`,
    `  node ID    ${node.id.key}`,
    `  listens    ${addresses.join('\n             ')}`,
    `  identity   ${options.dataDir}`,
    `  watch      ${http}/health  ${http}/metrics`,
    ...(wamp === undefined ? [] : [`  WAMP       ${wamp}`]),
    `Others join with  MACULA_REALM=${node.realm} MACULA_BOOTSTRAP_NODES=${addresses[0] ?? ''}`,
    '',
  ].join('\n');
}
