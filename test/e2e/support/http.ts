import http from "node:http";

/** One HTTP exchange, as a client saw it. */
export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/** Sends one request on a connection of its own; waits as long as it takes. */
export function get(
  url: string,
  headers: Record<string, string> = {},
  options: { method?: string; body?: string; agent?: http.Agent } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      url,
      {
        headers,
        method: options.method ?? "GET",
        agent: options.agent ?? false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    request.on("error", reject);
    request.end(options.body);
  });
}

/** Whether a replica answered, and whose. */
export const servedBy = (answer: Answer): string =>
  String(answer.headers["x-sidestep"] ?? "original");
