// Opens a page in Firefox and tells, as JSON, which widgets are live, what went wrong and
// what was asked for: node firefox.mjs FIREFOX URL
import puppeteer from "puppeteer-core";

const [executablePath, url] = process.argv.slice(2);
const browser = await puppeteer.launch({ browser: "firefox", executablePath });
try {
  const page = await browser.newPage();
  const errors = [], requests = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (one) => one.type() === "error" && errors.push(one.text()));
  page.on("request", (one) => requests.push(one.url()));
  await page.goto(url);
  const states = await page.evaluate(async () => {
    const all = [];
    for (const place of document.querySelectorAll("[data-live]")) {
      place.scrollIntoView();
      while (!place.dataset.state) await new Promise((go) => { setTimeout(go, 50); });
      all.push(place.dataset.state);
    }
    return all;
  });
  const others = requests.filter((one) => one !== url && !/^(blob|data):/.test(one));
  console.log(JSON.stringify({ states, errors, requests: others }));
} finally {
  await browser.close();
}
