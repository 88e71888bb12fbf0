/** Measured bytes are ASCII, and travel as a string: all serializations of all routers know those. */
export const text = {
  of: (bytes) => bytes.toString('latin1'),
  toBytes: (value) => Buffer.from(value, 'latin1'),
};
