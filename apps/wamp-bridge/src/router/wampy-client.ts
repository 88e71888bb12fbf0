// wampy exports no name for its options: they are taken from the constructor.
import { Errors, Wampy } from 'wampy';

export { Errors };
export type WampyOptions = NonNullable<ConstructorParameters<typeof Wampy>[1]>;

/**
 * wampy, where a message that it stumbles over costs the session and not the process: wampy handles messages in
 * promises that nobody holds.
 */
export class WampyClient extends Wampy {
  readonly #onStumble: (error: Error) => void;

  constructor(url: string, options: WampyOptions, onStumble: (error: Error) => void) {
    super(url, options);
    this.#onStumble = onStumble;
  }

  override async _wsOnMessage(event: MessageEvent): Promise<void> {
    try {
      await super._wsOnMessage(event);
    } catch (error) {
      this.#onStumble(error instanceof Error ? error : new Error(String(error)));
      await this.disconnect();
    }
  }
}
