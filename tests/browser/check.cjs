// Opens pages in a headless browser, light and dark, from a phone's width to a wide screen, and on paper.
//
//   NODE_PATH=.../node_modules node check.cjs [--pictures FOLDER] [--pages N] FILE_OR_ADDRESS...
//
// Fails on a serious finding of axe, on a page that is wider than the window, on text over text or text that is cut, on
// headings that skip a level, on pictures without words, and where a page takes more sheets of A4 than --pages says.
// Needs playwright-core and axe-core (npm) and /usr/bin/chromium (Debian).
const fs = require("fs");
const path = require("path");
const { pathToFileURL } = require("url");
const { chromium } = require("playwright-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf-8");

const WIDTHS = [390, 800, 1400];
const SCHEMES = ["light", "dark"];

function looks() {
  const found = [];
  const wide = document.scrollingElement.scrollWidth - window.innerWidth;
  if (wide > 1) found.push(`page is ${wide} px wider than the window`);
  let before = 0;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
    const level = Number(heading.tagName[1]);
    if (level > before + 1) found.push(`heading skips a level: ${heading.textContent.trim().slice(0, 60)}`);
    before = level;
  }
  if (document.querySelectorAll("h1").length !== 1) found.push(`${document.querySelectorAll("h1").length} first headings`);
  for (const picture of document.querySelectorAll("img, figure[role=img], svg:not([aria-hidden=true])")) {
    if (picture.closest("[role=img], [aria-hidden=true], button, a") && picture.tagName !== "FIGURE" && picture.tagName !== "IMG") continue;
    const said = picture.getAttribute("alt") ?? picture.getAttribute("aria-label") ?? picture.querySelector?.("title")?.textContent;
    if (!said) found.push(`picture without words: ${picture.outerHTML.slice(0, 80)}`);
  }
  const texts = [];
  for (const element of document.querySelectorAll("main *, article *")) {
    const own = [...element.childNodes].filter((node) => node.nodeType === 3 && node.textContent.trim());
    const style = getComputedStyle(element);
    if (!own.length || style.visibility === "hidden" || element.closest("svg, [hidden], nav")) continue;
    if (style.overflowX === "hidden" && element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0) {
      found.push(`text is cut: ${element.textContent.trim().slice(0, 60)}`);
    }
    for (const node of own) {
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const box of range.getClientRects()) {
        if (box.width > 1 && box.height > 1) texts.push([box, element, node.textContent.trim().slice(0, 40)]);
      }
    }
  }
  texts.sort((one, other) => one[0].top - other[0].top);
  for (let i = 0; i < texts.length; i++) {
    for (let j = i + 1; j < texts.length && texts[j][0].top < texts[i][0].bottom; j++) {
      const [a, first, said] = texts[i];
      const [b, second, other] = texts[j];
      if (first === second || first.contains(second) || second.contains(first)) continue;
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      const pinned = [first, second].some((one) => one.closest("[class*=sticky], [class*=sidebar], header, footer, nav"));
      if (across > 2 && down > 4 && !pinned) found.push(`text over text: "${said}" and "${other}"`);
    }
  }
  return [...new Set(found)];
}

async function main(words) {
  const option = (name) => {
    const at = words.indexOf(name);
    return at < 0 ? null : words.splice(at, 2)[1];
  };
  const pictures = option("--pictures");
  const pages = option("--pages");
  if (pictures) fs.mkdirSync(pictures, { recursive: true });
  const flags = "--no-sandbox --disable-gpu --disable-quic --disable-background-networking --disable-component-update --disable-sync";
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: flags.split(" ") });
  let wrong = 0;
  for (const word of words) {
    const address = /^\w+:\/\//.test(word) ? word : pathToFileURL(path.resolve(word)).href;
    const name = path.basename(word).replace(/\.html?$/, "");
    const said = [];
    const asked = new Set();
    for (const colorScheme of SCHEMES) {
      const context = await browser.newContext({ colorScheme });
      const page = await context.newPage();
      page.on("request", (request) => {
        if (!/^(file|data|blob):/.test(request.url()) && !request.url().startsWith(new URL(address).origin)) asked.add(request.url());
      });
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        await page.goto(address);
        for (const finding of await page.evaluate(looks)) said.push(`${colorScheme} ${width}: ${finding}`);
        if (pictures) await page.screenshot({ path: path.join(pictures, `${name}-${colorScheme}-${width}.png`), fullPage: true });
      }
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
      for (const one of violations.filter((v) => ["serious", "critical"].includes(v.impact))) {
        said.push(`${colorScheme}: axe ${one.impact} ${one.id}: ${one.help}: ${one.nodes[0].html.slice(0, 120)} (${one.nodes.length})`);
      }
      if (colorScheme === "light") {
        const pdf = await page.pdf({ format: "A4", preferCSSPageSize: true, printBackground: true });
        if (pictures) fs.writeFileSync(path.join(pictures, `${name}.pdf`), pdf);
        const sheets = (pdf.toString("latin1").match(/\/Type\s*\/Page[^s]/g) ?? []).length;
        if (pages && sheets > Number(pages)) said.push(`takes ${sheets} sheets of A4, more than ${pages}`);
      }
      await context.close();
    }
    for (const one of asked) said.push(`asks for ${one}`);
    wrong += said.length;
    console.log(`${said.length ? "WRONG" : "ok   "} ${name}`);
    for (const one of said.slice(0, 12)) console.log(`      ${one}`);
  }
  await browser.close();
  console.log(`${words.length} pages, ${wrong} findings`);
  process.exit(wrong ? 1 : 0);
}

main(process.argv.slice(2));
