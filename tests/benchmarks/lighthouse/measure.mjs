/* Lighthouse on the home page, a search and a company, as a phone and as a desk: node measure.mjs ADDRESS */
import { launch } from "chrome-launcher";
import lighthouse, { desktopConfig } from "lighthouse";

const LEAST = 95;
const [address = "http://127.0.0.1:8000"] = process.argv.slice(2);
const search = "/entreprises?domaine=eclairage";
const listed = await (await fetch(`${address}${search}`, { headers: { Accept: "text/html" } })).text();
const [company] = listed.match(/\/doc\/entreprise\/\d+/);

const chrome = await launch({ chromeFlags: ["--headless", "--no-sandbox", "--disable-gpu"] });
try {
  for (const path of ["/", search, company]) {
    for (const [device, config] of [["phone", undefined], ["desk", desktopConfig]]) {
      const { lhr } = await lighthouse(address + path, { port: chrome.port, logLevel: "error" }, config);
      const scores = Object.values(lhr.categories).map(({ id, score }) => [id, Math.round(score * 100)]);
      console.log(path, device, scores.map((each) => each.join(" ")).join(", "));
      if (scores.some(([, score]) => score < LEAST)) process.exitCode = 1;
    }
  }
} finally {
  chrome.kill();
}
