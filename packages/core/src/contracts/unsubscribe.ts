/** Removes the listener or handler it was returned for; harmless when called again. */
export type Unsubscribe = () => void;
