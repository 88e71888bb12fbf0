/** First byte of every encoded state: its type, so that bytes of one type are never read as another. */
export const StateTag = {
  gCounter: 0x10,
  pnCounter: 0x11,
  lwwRegister: 0x12,
  mvRegister: 0x13,
  orSet: 0x14,
  orMap: 0x15,
  ewFlag: 0x16,
  removeWinsMap: 0x17,
} as const;
