(() => {
  'use strict';
  const root = document.documentElement;
  const system = matchMedia('(prefers-color-scheme: dark)');
  const stored = { // a browser may keep nothing for a file
    get theme() { try { return localStorage.getItem('theme'); } catch { return null; } },
    set theme(name) { try { localStorage.setItem('theme', name); } catch { /* it is chosen until the page is closed */ } },
  };

  const theme = document.getElementById('theme');
  const show = (name) => {
    root.style.colorScheme = name;
    theme.textContent = name === 'dark' ? 'Light theme' : 'Dark theme';
    theme.dataset.next = name === 'dark' ? 'light' : 'dark';
  };
  show(stored.theme || (system.matches ? 'dark' : 'light'));
  system.addEventListener('change', () => { if (!stored.theme) show(system.matches ? 'dark' : 'light'); });
  theme.addEventListener('click', () => { stored.theme = theme.dataset.next; show(theme.dataset.next); });
  theme.hidden = false;

  const unfold = document.getElementById('unfold');
  unfold.addEventListener('click', () => {
    const open = unfold.textContent === 'Unfold all';
    document.querySelectorAll('details').forEach((each) => { each.open = open; });
    unfold.textContent = open ? 'Fold all' : 'Unfold all';
  });
  unfold.hidden = false;

  // On a narrow screen, a state machine is seen from its beginning.
  document.querySelectorAll('.diagram .start').forEach((start) => {
    const region = start.closest('.region');
    region.scrollLeft = start.getBoundingClientRect().left - region.getBoundingClientRect().left - region.clientWidth / 2;
  });

  // What a link leads to is shown, also where it is folded away.
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    const folded = target.closest('details');
    for (let each = target; each; each = each.parentElement) if (each.tagName === 'DETAILS') each.open = true;
    target.scrollIntoView();
    if (folded) folded.querySelector('summary').focus({ preventScroll: true });
  };
  addEventListener('hashchange', reveal);
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[href^="#"]');
    const href = link && link.getAttribute('href');
    if (href === location.hash) reveal(); // the hash does not change
  });
  if (location.hash) reveal();
})();
