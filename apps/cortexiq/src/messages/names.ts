/** The realm of all nodes of the demo. */
export const realm = 'be.cortexiq.energy';

/** The realm at WAMP routers: the one that most of them have from the start. A façade knows it as another name of ours. */
export const routerRealm = 'realm1';

/** What is told to whoever subscribes. */
export const topics = {
  /** The simulation's clock has reached an hour. */
  timeAdvanced: 'be.cortexiq.simulation.time.advanced',
  /** A provider offers rates to every home. */
  contractOffered: 'be.cortexiq.provider.contract.offered',
  /** A home has a new contract. */
  contractSigned: 'be.cortexiq.home.contract.signed',
  /** A home's meter was read. */
  measured: 'be.cortexiq.home.measured',
  /** Every home's measurement of an hour is accounted for. */
  hourCompleted: 'be.cortexiq.projection.hour.completed',
} as const;

/** What can be called. */
export const procedures = {
  getStatus: 'be.cortexiq.home.get_status',
  acceptContract: 'be.cortexiq.home.accept_contract',
  projectedSystemTotals: 'be.cortexiq.projection.system_totals',
  projectedHomeTotals: 'be.cortexiq.projection.home_totals',
  systemTotals: 'be.cortexiq.query.system_totals',
  homeTotals: 'be.cortexiq.query.home_totals',
} as const;

/** Procedures of one edge process, for calls about the homes behind it. */
export const edgeProcedures = (edge: string): { getStatus: string; acceptContract: string } => ({
  getStatus: `be.cortexiq.edge.${edge}.get_status`,
  acceptContract: `be.cortexiq.edge.${edge}.accept_contract`,
});

/** What a process registers last: who can call it, knows all that the process has subscribed to and registered. */
export const presenceOf = (process: string): string => `be.cortexiq.process.${process}.present`;

/** Errors of the demo's procedures. */
export const errors = {
  noSuchHome: 'be.cortexiq.error.no_such_home',
  invalidArgument: 'wamp.error.invalid_argument',
} as const;
