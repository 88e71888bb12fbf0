type Signal = 'SIGINT' | 'SIGTERM';
type OutputFailure = (error: Error) => void;

/** What the command line needs of its process. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: {
    write(text: string): unknown;
    on(event: 'error', listener: OutputFailure): unknown;
    off(event: 'error', listener: OutputFailure): unknown;
  };
  readonly stderr: { write(text: string): unknown };
  on(signal: Signal, listener: () => void): unknown;
  off(signal: Signal, listener: () => void): unknown;
}
