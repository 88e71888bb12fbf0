import type { Logger } from '@macula/core';

/** Keeps what is logged, as `level message`. */
export function heardLogger(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const at = (level: string) => (_: unknown, message: string) =>
    void lines.push(`${level} ${message}`);
  const logger = {
    lines,
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
  };
  return logger;
}
