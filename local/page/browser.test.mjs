// The page of a good run and of a failed one, in a headless Chromium: GOOD, FAILED and CHROMIUM are files, and PICTURE is one
// to be written, or empty.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const { GOOD, FAILED, CHROMIUM, PICTURE } = process.env;
const axe = createRequire(import.meta.url).resolve('axe-core');

let browser;
before(async () => { browser = await chromium.launch({ executablePath: CHROMIUM }); });
after(() => browser?.close());

// open is a page that a person with such a screen has before them, and all that went wrong with it until then.
async function open(file, settings = {}) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...settings });
  page.complaints = [];
  page.on('console', (message) => page.complaints.push(message.text()));
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  page.on('request', (request) => {
    if (request.url() !== pathToFileURL(file).href) page.complaints.push(`asks for ${request.url()}`);
  });
  await page.goto(pathToFileURL(file).href);
  return page;
}

// opened is a page that is closed after the test.
async function opened(t, file, settings) {
  const page = await open(file, settings);
  t.after(() => page.close());
  return page;
}

const unfold = (page) => page.getByRole('button', { name: 'Unfold all' }).click();

for (const [run, file] of Object.entries({ good: GOOD, failed: FAILED })) {
  describe(`a ${run} run`, () => {
    let page;
    before(async () => {
      page = await open(file);
      await page.addScriptTag({ path: axe });
      await unfold(page);
    });
    after(() => page?.close());

    for (const [screen, width] of Object.entries({ wide: 1280, narrow: 360 })) {
      for (const colorScheme of ['light', 'dark']) {
        describe(`${screen} and ${colorScheme}`, () => {
          before(async () => {
            await page.setViewportSize({ width, height: 900 });
            await page.emulateMedia({ colorScheme });
          });

          test('the diagrams are drawn, and their texts are inside of their boxes', async () => {
            const drawn = await page.evaluate(diagrams);
            assert.ok(drawn.count >= 3, `${drawn.count} diagrams`);
            assert.deepEqual(drawn.faults, []);
          });

          test('no text is cut off, and the page is as wide as the screen', async () => {
            assert.deepEqual(await page.evaluate(cutOff), []);
          });

          // Colours do not depend on the width, nor what there is on the theme: each is looked at once.
          if ((screen === 'wide') === (colorScheme === 'light')) {
            test('axe-core finds nothing', async () => {
              assert.deepEqual(await page.evaluate(violations), []);
            });
          }
        });
      }
    }

    test('nothing was said on the console and nothing else was asked for', async (t) => {
      t.diagnostic(`loaded and painted after ${Math.round(await page.evaluate(opening))} ms`);
      assert.deepEqual(page.complaints, []);
    });
  });
}

test('the verdict is the heading, and each picture has a name', async (t) => {
  const page = await opened(t, GOOD);
  assert.match(await page.getByRole('heading', { level: 1 }).innerText(), /All \d+ executions succeeded/);
  for (const picture of await page.getByRole('img').all()) assert.ok(await picture.getAttribute('aria-label'));
  assert.ok(await page.getByRole('img', { name: /temperature/ }).count() > 0, 'the weather is drawn');
});

test('the first link leads to the state that failed, with its error', async (t) => {
  const page = await opened(t, FAILED);
  const error = page.locator('.state pre.error', { hasText: 'this query is refused' });
  assert.equal(await error.isVisible(), false);
  await page.locator('main a, header a').and(page.locator(':not(.skip)')).first().click();
  await error.waitFor({ state: 'visible' });
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'SUMMARY', 'where the keyboard goes on');
});

test('a state of a diagram leads to its input and output', async (t) => {
  const page = await opened(t, FAILED);
  const input = page.locator('.state.failed').getByRole('heading', { name: 'Input' }).first();
  assert.equal(await input.isVisible(), false);
  await page.locator('.diagram a:has(.node.failed)').last().click();
  await page.locator('.state.failed[open]').getByRole('heading', { name: 'Input' }).first().waitFor({ state: 'visible' });
});

test('the keyboard alone reaches the content and unfolds a state', async (t) => {
  const page = await opened(t, GOOD);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the content');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'content');
  const state = page.locator('.diagram a:has(.node.succeeded)[href*="state"]').first();
  await state.focus();
  assert.notEqual(await state.locator('rect').evaluate((each) => getComputedStyle(each).strokeWidth), '1.6px', 'the focus is seen');
  await page.keyboard.press('Enter');
  await page.locator('.state[open]').first().waitFor();
});

test('the theme is the system’s until a person chooses', async (t) => {
  const page = await opened(t, GOOD, { colorScheme: 'dark' });
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await background();
  await page.getByRole('button', { name: 'Light theme' }).click();
  const light = await background();
  assert.notEqual(light, dark);
  await page.reload();
  // What is stored reaches the page that is opened next a moment later: a person is slower than that, a test is not.
  for (let times = 0; times < 10 && await background() !== light; times++) await page.reload();
  assert.equal(await background(), light, 'after the page is opened again');
});

test('nothing moves for people who want no motion', async (t) => {
  const page = await opened(t, GOOD, { reducedMotion: 'reduce' });
  assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).scrollBehavior), 'auto');
});

test('without script the page is read and unfolded all the same', async (t) => {
  const page = await opened(t, FAILED, { javaScriptEnabled: false });
  assert.equal(await page.getByRole('button').count(), 0, 'no button that does nothing');
  await page.locator('.problems a').first().click();
  const state = page.locator('.state.failed').first();
  await state.locator('pre.error', { hasText: 'this query is refused' }).waitFor({ state: 'visible' });
  await page.locator('.execution > * summary').first().click();
  await page.locator('.visit').first().waitFor({ state: 'visible' });
});

if (PICTURE) {
  test('the README’s picture is written', async (t) => {
    const page = await opened(t, GOOD, { viewport: { width: 1280, height: 1080 } });
    await page.screenshot({ path: PICTURE });
  });
}

// What follows is evaluated in the page.

// opening is the time until the page was loaded and painted, in milliseconds.
function opening() {
  const loaded = performance.getEntriesByType('navigation')[0].loadEventEnd;
  return new Promise((resolve) => {
    new PerformanceObserver((list) => {
      for (const { name, startTime } of list.getEntries()) {
        if (name === 'first-contentful-paint') resolve(Math.max(loaded, startTime));
      }
    }).observe({ type: 'paint', buffered: true });
  });
}

function diagrams() {
  const faults = [];
  const all = [...document.querySelectorAll('svg.diagram')];
  for (const diagram of all) {
    const nodes = [...diagram.querySelectorAll('.node')];
    const name = diagram.getAttribute('aria-label');
    if (nodes.length < 2 || diagram.querySelectorAll('.edge').length === 0) faults.push(`${name} has no graph`);
    const frame = diagram.getBoundingClientRect();
    for (const node of nodes) {
      const box = node.querySelector('rect').getBoundingClientRect();
      if (box.width < 8 || box.left < frame.left || box.right > frame.right || box.top < frame.top || box.bottom > frame.bottom) {
        faults.push(`${name}: ${node.textContent} is not inside of the picture`);
      }
      for (const text of node.querySelectorAll('text')) {
        const part = text.getBoundingClientRect();
        const sign = node.querySelector('.sign')?.getBoundingClientRect().right ?? box.left;
        if (part.width === 0 || part.left < sign || part.right > box.right || part.top < box.top || part.bottom > box.bottom) {
          faults.push(`${name}: “${text.textContent}” is not inside of its box`);
        }
      }
    }
  }
  return { count: all.length, faults };
}

function cutOff() {
  const faults = [];
  if (document.documentElement.scrollWidth > innerWidth) faults.push(`the page is ${document.documentElement.scrollWidth} wide`);
  for (const element of document.body.querySelectorAll('*')) {
    const style = getComputedStyle(element);
    if (style.display === 'none' || element.closest('svg') && element.tagName !== 'text') continue;
    const box = element.getBoundingClientRect();
    const what = `${element.tagName} “${element.textContent.trim().slice(0, 60)}”`;
    if (['hidden', 'clip'].includes(style.overflowX) && element.scrollWidth > element.clientWidth + 1) faults.push(`${what} is cut`);
    const scrolled = element.closest('.region, pre');
    if (!scrolled && box.width > 0 && box.right > innerWidth + 1) faults.push(`${what} is beyond the screen`);
    const picture = element.closest('svg')?.getBoundingClientRect();
    if (picture && (box.left < picture.left - 1 || box.right > picture.right + 1)) faults.push(`${what} is beyond its picture`);
    if (scrolled === element && element.tabIndex < 0) faults.push(`${what} cannot be scrolled by keyboard`);
  }
  return faults;
}

async function violations() {
  const { violations } = await axe.run({ resultTypes: ['violations'] });
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0].html} ${nodes[0].failureSummary}`);
}
