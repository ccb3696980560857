import { api, onSignedOut } from './api';
import type { Id, Role, Session } from './types';

let current = $state.raw<Session | null>(null);

const RANK: Record<Role, number> = { viewer: 0, editor: 1, admin: 2 };

export const session = {
  get now() {
    return current;
  },
  get user() {
    return current?.user ?? null;
  },
  /** Whether the signed-in user may do what a role may. */
  may(role: Role): boolean {
    return current?.user != null && RANK[current.user.role] >= RANK[role];
  },
};

let last: Id | null = null;

export async function loadSession(): Promise<void> {
  const next = await api<Session>('/api/session');
  // Somebody else: nothing that the page still holds is for them.
  if (next.user && last !== null && last !== next.user.id) return location.assign('/query');
  last = next.user?.id ?? last;
  current = next;
}

export async function signIn(email: string, password: string): Promise<void> {
  await api('/api/session', { method: 'POST', body: { email, password } });
  await loadSession();
}

export async function signOut(): Promise<void> {
  await api('/api/session', { method: 'DELETE' });
  forgetUser();
}

function forgetUser(): void {
  if (current) current = { ...current, user: null };
}

onSignedOut(forgetUser);
