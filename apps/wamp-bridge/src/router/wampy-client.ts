// wampy exports no name for its options: they are taken from the constructor.
import { Errors, Wampy } from 'wampy';

export { Errors, Wampy };
export type WampyOptions = NonNullable<ConstructorParameters<typeof Wampy>[1]>;
