import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Battery, roundTripPercent } from './battery.ts';

const specs = fc.record({
  capacityWh: fc.double({ min: 0, max: 20_000, noNaN: true }),
  powerW: fc.double({ min: 0, max: 10_000, noNaN: true }),
});
const surpluses = fc.array(fc.integer({ min: -12_000, max: 12_000 }), { maxLength: 200 });

describe('a battery, whatever the sun does', () => {
  it('stays within capacity and power, and never trades more than is there', () => {
    fc.assert(
      fc.property(specs, surpluses, (spec, hours) => {
        const battery = new Battery(spec);
        for (const surplus of hours) {
          const { chargedWh, dischargedWh } = battery.dispatch(surplus);
          expect(battery.storedWh).toBeGreaterThanOrEqual(0);
          expect(battery.storedWh).toBeLessThanOrEqual(spec.capacityWh);
          expect(Math.max(chargedWh, dischargedWh)).toBeLessThanOrEqual(spec.powerW);
          expect(chargedWh).toBeLessThanOrEqual(Math.max(surplus, 0));
          expect(dischargedWh).toBeLessThanOrEqual(Math.max(-surplus, 0));
          expect(Number.isInteger(chargedWh) && Number.isInteger(dischargedWh)).toBe(true);
        }
      }),
    );
  });

  it('gives back nine tenths of what it took, less what it still holds: exactly', () => {
    fc.assert(
      fc.property(specs, surpluses, (spec, hours) => {
        const battery = new Battery(spec);
        let charged = 0;
        let discharged = 0;
        for (const surplus of hours) {
          const flow = battery.dispatch(surplus);
          charged += flow.chargedWh;
          discharged += flow.dischargedWh;
        }
        const stored = Math.round(battery.storedWh * 100);
        expect(stored).toBe(charged * roundTripPercent - discharged * 100);
      }),
    );
  });
});

describe('a battery of 1 kWh and 500 W', () => {
  it('charges from surplus, discharges for deficit, and stops at its limits', () => {
    const battery = new Battery({ capacityWh: 1_000, powerW: 500 });
    const flows = [800, 200, 5_000, 5_000, -100, -9_000, -9_000, -9_000].map((surplus) => {
      const { chargedWh, dischargedWh } = battery.dispatch(surplus);
      return chargedWh - dischargedWh;
    });
    // 1,000 Wh hold what 1,111 Wh of charging leave.
    expect(flows).toEqual([500, 200, 411, 0, -100, -500, -399, 0]);
    expect(battery.storedWh).toBe(0.9);
  });

  it('that is none does nothing', () => {
    expect(new Battery({ capacityWh: 0, powerW: 0 }).dispatch(1_000)).toEqual({
      chargedWh: 0,
      dischargedWh: 0,
    });
  });
});
