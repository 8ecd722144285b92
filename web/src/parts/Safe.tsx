// A view that fails takes nothing else with it: the tabs and the shelf stay.
import { Component, type ComponentChildren } from "preact";

interface State {
  readonly reason: string | null;
}

export class Safe extends Component<{ children: ComponentChildren }, State> {
  override state: State = { reason: null };

  static override getDerivedStateFromError(error: unknown): State {
    return { reason: String(error) };
  }

  override render() {
    if (this.state.reason === null) return this.props.children;
    return (
      <p class="panel bad" role="alert">
        This view cannot be shown ({this.state.reason}). The others can; what is on the shelf is safe.
      </p>
    );
  }
}
