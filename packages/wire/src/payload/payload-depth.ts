/** How many arrays and maps may lie within each other in a payload, so that no payload exhausts the stack. */
export const maxPayloadDepth = 128;
