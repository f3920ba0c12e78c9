import http from 'node:http';

export interface Answer {
  status: number;
  body: string;
}

/** Posts JSON with a token; resolves with whatever the server answers. */
export function postJson(
  agent: http.Agent,
  url: string,
  token: string,
  body: string,
  more: http.OutgoingHttpHeaders = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...more };
    const request = http.request(url, { agent, method: 'POST', headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    request.on('error', reject);
    request.end(body);
  });
}
