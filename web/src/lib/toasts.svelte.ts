import { asApiError } from './api';

export type Toast = { id: number; text: string; bad: boolean };

let list = $state.raw<Toast[]>([]);
let last = 0;

export const toasts = {
  get list() {
    return list;
  },
  dismiss(id: number) {
    list = list.filter((toast) => toast.id !== id);
  },
};

export function say(text: string, bad = false): void {
  const id = ++last;
  list = [...list.slice(-2), { id, text, bad }];
  setTimeout(() => toasts.dismiss(id), bad ? 12_000 : 4_000);
}

/** Does something the person asked for; says what went wrong. Answers whether it went well. */
export async function attempt(what: string, action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (error) {
    const problem = asApiError(error);
    say(`${what}: ${problem.message}${problem.hint ? ` – ${problem.hint}` : ''}`, true);
    return false;
  }
}

export async function copyText(text: string, what = 'Copied'): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say(what);
  } catch {
    say('The browser does not allow copying here', true);
  }
}
