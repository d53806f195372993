import { core, messageOf, type PlaybookStepView, type ProviderFactsView } from "../ipc";

export class EmergencyPage {
  facts = $state.raw<ProviderFactsView[]>([]);
  steps = $state.raw<PlaybookStepView[]>([]);
  error = $state("");
  now = $state(new Date());

  /** Numbers first: each part shows as soon as it is there. */
  load(): () => void {
    const failed = (thrown: unknown) => (this.error = messageOf(thrown));
    core
      .providerFacts()
      .then((facts) => (this.facts = facts))
      .catch(failed);
    core
      .theftPlaybook()
      .then((steps) => (this.steps = steps))
      .catch(failed);
    const timer = setInterval(() => (this.now = new Date()), 30_000);
    return () => clearInterval(timer);
  }
}
