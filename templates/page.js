// The page is whole without this: it adds a switch of theme, the place in the contents, and
// where each number comes from.
(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("js");

  function remember(name, value) {
    try { localStorage.setItem(name, value); } catch (error) { /* a page from disk may not */ }
  }

  // Contents: closed at first on a phone.
  var contents = document.querySelector(".contents details");
  if (contents && matchMedia("(max-width: 63.99rem)").matches) contents.open = false;

  // Appendices: open where a link leads into one, and all on paper.
  var folds = document.querySelectorAll(".appendix details");
  function unfold() {
    var target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    var fold = target.closest(".appendix details") || target.querySelector(":scope > details");
    if (!fold || fold.open || !fold.closest(".appendix")) return;
    fold.open = true;
    target.scrollIntoView({ behavior: "instant" });
  }
  addEventListener("hashchange", unfold);
  // A second click on the same link changes no hash.
  document.addEventListener("click", function (event) {
    var link = event.target.closest ? event.target.closest('a[href^="#"]') : null;
    if (link && link.hash === location.hash) unfold();
  });
  unfold();
  var closed = [];
  addEventListener("beforeprint", function () {
    closed = [].filter.call(folds, function (fold) { return !fold.open; });
    closed.forEach(function (fold) { fold.open = true; });
  });
  addEventListener("afterprint", function () {
    closed.forEach(function (fold) { fold.open = false; });
  });

  // Theme
  var theme = document.getElementById("page-theme");
  if (theme) {
    theme.hidden = false;
    theme.addEventListener("click", function () {
      var dark = root.dataset.theme
        ? root.dataset.theme === "dark"
        : matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = dark ? "light" : "dark";
      remember("theme", root.dataset.theme);
    });
  }

  // Where the reader is
  var links = {};
  document.querySelectorAll(".contents a").forEach(function (link) {
    links[decodeURIComponent(link.hash.slice(1))] = link;
  });
  if ("IntersectionObserver" in window) {
    var here = null;
    var seen = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        var link = links[entry.target.closest("[id]").id];
        if (!link || !entry.isIntersecting) return;
        if (here) here.removeAttribute("aria-current");
        here = link;
        link.setAttribute("aria-current", "true");
      });
    }, { rootMargin: "-10% 0px -75% 0px" });
    document.querySelectorAll("main :is(h1, h2, h3)").forEach(function (h) { seen.observe(h); });
  }

  // Numbers
  var numbers = document.querySelectorAll(".num[data-key]");
  if (!numbers.length) return;
  var holder = document.querySelector("script#origins");
  var origins = {};
  try { if (holder) origins = JSON.parse(holder.textContent); } catch (error) { origins = {}; }
  var box = document.createElement("div");
  box.className = "origin";
  box.id = "page-origin";
  box.setAttribute("role", "tooltip");
  box.hidden = true;
  document.body.appendChild(box);
  var shown = null;

  function show(number) {
    var key = number.dataset.key;
    box.textContent = "";
    var code = document.createElement("code");
    code.textContent = key;
    box.appendChild(code);
    [].concat(origins[key] || []).forEach(function (line) {
      var p = document.createElement("p");
      p.textContent = line;
      box.appendChild(p);
    });
    box.hidden = false;
    var at = number.getBoundingClientRect();
    var left = Math.min(at.left, root.clientWidth - box.offsetWidth - 16);
    box.style.left = Math.max(16, left) + scrollX + "px";
    var below = at.bottom + 6 + box.offsetHeight < innerHeight;
    box.style.top = (below ? at.bottom + 6 : at.top - box.offsetHeight - 6) + scrollY + "px";
    number.setAttribute("aria-describedby", "page-origin");
    shown = number;
  }
  function hide() {
    if (shown) shown.removeAttribute("aria-describedby");
    box.hidden = true;
    shown = null;
  }
  function number(event) {
    return event.target.closest ? event.target.closest(".num[data-key]") : null;
  }
  document.addEventListener("mouseover", function (event) { var n = number(event); if (n) show(n); });
  document.addEventListener("mouseout", function (event) { if (number(event)) hide(); });
  document.addEventListener("focusin", function (event) { var n = number(event); if (n) show(n); else hide(); });
  document.addEventListener("click", function (event) { var n = number(event); if (n) show(n); else hide(); });
  document.addEventListener("keydown", function (event) { if (event.key === "Escape") hide(); });

  var trace = document.getElementById("page-trace");
  if (trace) {
    trace.hidden = false;
    trace.addEventListener("click", function () {
      var on = root.classList.toggle("tracing");
      trace.setAttribute("aria-pressed", String(on));
      numbers.forEach(function (n) {
        if (on) n.tabIndex = 0; else n.removeAttribute("tabindex");
      });
    });
  }
})();
