// How the page is let in: as the user of the host, by a link, or by a token.
//
// The token is sent in a header only, and kept for this tab.  A WebSocket takes
// no header from a page, so it gets a ticket that is good once.

const KEEP = "rx-token";
const LINK = /^#ticket=([A-Za-z0-9_-]+)$/;

let token = null;
try {
  token = sessionStorage.getItem(KEEP);
} catch { /* private windows keep nothing */ }

export function keep(value) {
  token = value || null;
  try {
    if (token) sessionStorage.setItem(KEEP, token);
    else sessionStorage.removeItem(KEEP);
  } catch { /* then for this page only */ }
}

// A link holds a ticket; it is taken out of the address at once.
export async function follow() {
  const link = LINK.exec(location.hash);
  if (!link) return;
  history.replaceState(null, "", location.pathname);
  const answer = await fetch("/v1/session",
    { method: "POST", headers: { Authorization: `Ticket ${link[1]}` } }).catch(() => null);
  if (answer?.ok) keep((await answer.json()).token);
}

export async function ask(path, options = {}) {
  const headers = { ...options.headers };
  if (token) headers.Authorization = `Bearer ${token}`;
  const answer = await fetch(path, { cache: "no-store", ...options, headers });
  if (answer.status === 401) keep(null); // not to be shown again and again
  return answer;
}

// Why a stream cannot be had: "denied", "nosource", "lost", or "" when it can.
// A browser does not tell why a WebSocket was refused, and complains of each:
// a plain request is asked first.
export async function obstacle(stream) {
  const answer = await ask("/v1/status").catch(() => null);
  if (!answer?.ok) return [401, 403, 429].includes(answer?.status) ? "denied" : "lost";
  return (await answer.json()).streams[stream] ? "" : "nosource";
}

// What a WebSocket says it speaks, the ticket among it.
export async function protocols() {
  if (!token) return [];
  const answer = await ask("/v1/ticket", { method: "POST" }).catch(() => null);
  return answer?.ok ? ["rx", `ticket.${(await answer.json()).ticket}`] : [];
}
