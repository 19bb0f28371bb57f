import { request } from "./client.js";

/** Answers {access_token, expires_in, employee: {id, name, username, scopes}}. */
export async function auth_login(credentials) {
  const call = { body: credentials, anonymous: true };
  return (await request("POST", "/api/v1/auth/login", call)).data;
}

export async function auth_logout() {
  await request("POST", "/api/v1/auth/logout", { anonymous: true });
}
