/**
 * A stand-in for @raycast/api, which exists inside Raycast only: the components that the extension uses, as plain elements.
 * A prop that the real component does not have throws. Icons and colours are their names; that they exist, `tsc` checks.
 */

import { createContext, useContext, useLayoutEffect, useRef, useState, type ReactNode } from "react";

type Props = Record<string, unknown> & { children?: ReactNode };

/** What happened outside of the extension, and what the user would answer. */
export const outside = {
  preferences: {} as Record<string, string>,
  clipboard: [] as unknown[],
  toasts: [] as { style?: string; title: string; message?: string }[],
  alerts: [] as { title: string }[],
  confirms: true,
  preferencesOpened: 0,
};

function checked(component: string, props: Props, known: string[]): Props {
  const unknown = Object.keys(props).filter((name) => name !== "children" && !known.includes(name));
  if (unknown.length) throw new Error(`<${component}> has no prop ${unknown.join(", ")}`);
  return props;
}

function text(value: unknown): string {
  if (value == null) return "";
  return typeof value === "object" ? String((value as { value: unknown }).value ?? "") : String(value);
}

function tooltip(icon: unknown): string {
  return icon && typeof icon === "object" && "tooltip" in icon ? String(icon.tooltip) : "";
}

const Navigation = createContext<{ push: (view: ReactNode, onPop?: () => void) => void; pop: () => void }>({
  push: () => undefined,
  pop: () => undefined,
});

/** Raycast's window: the view that was pushed last. Escape goes back. */
export function Window({ children }: { children: ReactNode }) {
  const [stack, setStack] = useState<{ view: ReactNode; onPop?: () => void }[]>([]);
  const push = (view: ReactNode, onPop?: () => void) => setStack((views) => [...views, { view, onPop }]);
  const pop = () => {
    stack.at(-1)?.onPop?.();
    setStack((views) => views.slice(0, -1));
  };
  return (
    <Navigation.Provider value={{ push, pop }}>
      <div hidden={stack.length > 0}>{children}</div>
      {stack.at(-1)?.view}
      <button onClick={pop}>Escape</button>
    </Navigation.Provider>
  );
}

export function useNavigation() {
  return useContext(Navigation);
}

function ListView(props: Props) {
  checked("List", props, [
    "isLoading",
    "isShowingDetail",
    "navigationTitle",
    "searchBarPlaceholder",
    "pagination",
    "actions",
    "filtering",
  ]);
  const list = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const empty = list.current?.querySelector<HTMLElement>("[data-empty]");
    if (empty) empty.hidden = list.current!.querySelector("[data-item]") !== null;
  });
  const pagination = props.pagination as { hasMore: boolean; onLoadMore: () => void } | undefined;
  return (
    <section ref={list} aria-label={text(props.navigationTitle)} aria-busy={props.isLoading === true}>
      {props.children}
      {pagination?.hasMore && <button onClick={pagination.onLoadMore}>Scroll to End</button>}
    </section>
  );
}

function Item(props: Props) {
  checked("List.Item", props, ["id", "icon", "title", "subtitle", "keywords", "accessories", "detail", "actions"]);
  return (
    <li data-item id={text(props.id)} aria-label={text(props.title)}>
      <span title={tooltip(props.icon)}>{text(props.title)}</span> <span>{text(props.subtitle)}</span>
      {props.detail as ReactNode}
      {props.actions as ReactNode}
    </li>
  );
}

function Detail(props: Props) {
  checked("List.Item.Detail", props, ["markdown", "metadata", "isLoading"]);
  return (
    <article>
      {text(props.markdown)}
      {props.metadata as ReactNode}
    </article>
  );
}

function EmptyView(props: Props) {
  checked("List.EmptyView", props, ["icon", "title", "description", "actions"]);
  return (
    <div role="status" data-empty>
      <h1>{text(props.title)}</h1>
      <p>{text(props.description)}</p>
      {props.actions as ReactNode}
    </div>
  );
}

const Metadata = Object.assign((props: Props) => <dl>{checked("Metadata", props, []).children}</dl>, {
  Label: (props: Props) => {
    checked("Metadata.Label", props, ["title", "text", "icon"]);
    return (
      <div>
        <dt>{text(props.title)}</dt>
        <dd>{text(props.text)}</dd>
      </div>
    );
  },
  Separator: () => <hr />,
});

export const List = Object.assign(ListView, {
  Item: Object.assign(Item, { Detail: Object.assign(Detail, { Metadata }) }),
  Section: (props: Props) => {
    checked("List.Section", props, ["title", "subtitle"]);
    return <ul aria-label={text(props.title)}>{props.children}</ul>;
  },
  EmptyView,
});

export const ActionPanel = Object.assign(
  (props: Props) => <menu>{checked("ActionPanel", props, ["title"]).children}</menu>,
  { Section: (props: Props) => <>{checked("ActionPanel.Section", props, ["title"]).children}</> },
);

const ACTION = ["title", "icon", "shortcut", "style"];

function PlainAction(props: Props) {
  checked("Action", props, [...ACTION, "onAction"]);
  return <button onClick={() => (props.onAction as () => void)()}>{text(props.title)}</button>;
}

function Push(props: Props) {
  checked("Action.Push", props, [...ACTION, "target", "onPush", "onPop"]);
  const { push } = useNavigation();
  return (
    <button onClick={() => push(props.target as ReactNode, props.onPop as () => void)}>{text(props.title)}</button>
  );
}

function CopyToClipboard(props: Props) {
  checked("Action.CopyToClipboard", props, [...ACTION, "content", "onCopy"]);
  return <button onClick={() => outside.clipboard.push(props.content)}>{text(props.title)}</button>;
}

function SubmitForm(props: Props) {
  checked("Action.SubmitForm", props, [...ACTION, "onSubmit"]);
  const { current } = useContext(FormValues);
  return <button onClick={() => (props.onSubmit as (values: object) => void)(current)}>{text(props.title)}</button>;
}

export const Action = Object.assign(PlainAction, {
  Push,
  CopyToClipboard,
  SubmitForm,
  Style: { Regular: "regular", Destructive: "destructive" },
});

const FormValues = createContext<{ current: Record<string, unknown> }>({ current: {} });

function FormView(props: Props) {
  checked("Form", props, ["isLoading", "actions", "navigationTitle", "enableDrafts"]);
  const values = useRef<Record<string, unknown>>({});
  return (
    <FormValues.Provider value={values}>
      <form aria-busy={props.isLoading === true} onSubmit={(event) => event.preventDefault()}>
        {props.children}
        {props.actions as ReactNode}
      </form>
    </FormValues.Provider>
  );
}

const FIELD = ["id", "title", "info", "error", "value", "defaultValue", "onChange", "autoFocus"];

/** A field whose value is typed; `read` turns the text into what the real field gives. */
function field(component: string, known: string[], read: (typed: string) => unknown) {
  return function Field(props: Props) {
    checked(component, props, [...FIELD, ...known]);
    const values = useContext(FormValues);
    const [typed, setTyped] = useState(text(props.value ?? props.defaultValue));
    values.current[text(props.id)] = read(typed);
    return (
      <label>
        {text(props.title)}
        <input
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            (props.onChange as ((value: unknown) => void) | undefined)?.(read(event.target.value));
          }}
        />
        {props.error ? <em role="alert">{text(props.error)}</em> : null}
      </label>
    );
  };
}

export const Form = Object.assign(FormView, {
  FilePicker: field("Form.FilePicker", ["allowMultipleSelection", "canChooseDirectories"], (path) =>
    path ? [path] : [],
  ),
  TextArea: field("Form.TextArea", ["placeholder"], (typed) => typed),
});

function names<T extends object>(): T {
  return new Proxy({}, { get: (_, name) => String(name) }) as T;
}

export const Icon = names<Record<string, string>>();
export const Color = names<Record<string, string>>();
export const Alert = { ActionStyle: { Default: "default", Destructive: "destructive", Cancel: "cancel" } };
export const Toast = { Style: { Success: "success", Failure: "failure", Animated: "animated" } };
export const LaunchType = { UserInitiated: "userInitiated", Background: "background" };
export const environment = { launchType: LaunchType.UserInitiated, isDevelopment: false };

export function getPreferenceValues() {
  return outside.preferences;
}

export async function openExtensionPreferences() {
  outside.preferencesOpened += 1;
}

export async function showToast(toast: { style?: string; title: string; message?: string }) {
  outside.toasts.push(toast);
}

export async function confirmAlert(alert: { title: string }) {
  outside.alerts.push(alert);
  return outside.confirms;
}
