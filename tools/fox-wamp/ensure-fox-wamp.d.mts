/** Installs the router where it is missing; returns its program, to be run by node with a port and a realm. */
export declare function ensureFoxWamp(): string;
