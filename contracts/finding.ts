// What a look before a plan found, for plans, reports and `transship doctor registry` alike.

/** `stops`: no plan is made. `warns`: people approve the plan with it. `notes`: nothing is wrong. */
export type Severity = 'stops' | 'warns' | 'notes';

/** What a look before a plan found: why it matters, and what can be done, each as whole sentences. */
export type Finding = { severity: Severity; reason: string; remedy: string };
