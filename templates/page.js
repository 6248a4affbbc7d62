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

  // On paper the short title stands at the foot of each page.
  var short = document.querySelector(".bar-title");
  if (short) {
    var foot = document.createElement("style");
    var text = short.textContent.trim().replace(/[\\"\n\r<]/g, function (sign) {
      return "\\" + sign.charCodeAt(0).toString(16) + " ";
    });
    foot.textContent = "@page { @bottom-left { content: \"" + text + "\"; font: 8pt var(--sans); color: #444; } }";
    document.head.append(foot);
  }

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

  // A window over the page: Escape, or a press beside it, closes it.
  function dialog(kind, title) {
    var made = document.createElement("dialog");
    made.className = "over " + kind;
    var head = document.createElement("div");
    head.className = "over-head";
    var name = document.createElement("p");
    name.id = "page-" + kind + "-title";
    name.textContent = title;
    var close = document.createElement("button");
    close.type = "button";
    close.textContent = "Close";
    head.append(name, close);
    made.setAttribute("aria-labelledby", name.id);
    made.append(head);
    var from = document.activeElement;
    close.addEventListener("click", function () { made.close(); });
    made.addEventListener("click", function (event) { if (event.target === made) made.close(); });
    made.addEventListener("close", function () {
      made.remove();
      if (from) from.focus({ preventScroll: true });
    });
    document.body.append(made);
    return made;
  }

  // Where the reader is: the last heading above a line near the top of the window.
  var places = [].map.call(document.querySelectorAll(".contents a"), function (link) {
    return { link: link, part: document.getElementById(decodeURIComponent(link.hash.slice(1))) };
  }).filter(function (place) { return place.part; });
  var current = null;
  function mark() {
    var end = scrollY + innerHeight >= root.scrollHeight - 2;
    var line = end ? innerHeight : 96;
    var here = null;
    places.forEach(function (place) {
      if (place.part.parentElement.closest("details:not([open])")) return;
      if (place.part.getBoundingClientRect().top <= line) here = place.link;
    });
    if (here === current) return;
    if (current) current.removeAttribute("aria-current");
    current = here;
    if (!here) return;
    here.setAttribute("aria-current", "true");
    // Into sight within the list alone: the page stays where it is.
    var list = contents.getBoundingClientRect(), at = here.getBoundingClientRect();
    if (at.top < list.top) contents.scrollTop += at.top - list.top - 8;
    else if (at.bottom > list.bottom) contents.scrollTop += at.bottom - list.bottom + 8;
  }
  if (contents && places.length) {
    var waiting = false;
    var later = function () {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(function () { waiting = false; mark(); });
    };
    ["scroll", "resize", "load", "hashchange"].forEach(function (name) {
      addEventListener(name, later, { passive: true });
    });
    document.addEventListener("toggle", later, true);
    mark();
  }

  // The same list over the page, where it does not stand beside the text.
  var opener = document.getElementById("page-contents");
  if (opener && contents && window.HTMLDialogElement) {
    opener.hidden = false;
    opener.addEventListener("click", function () {
      mark();
      var sheet = dialog("sheet-contents", "Contents");
      var list = document.createElement("nav");
      list.setAttribute("aria-labelledby", "page-sheet-contents-title");
      [].forEach.call(contents.children, function (child) {
        if (child.tagName !== "SUMMARY") list.append(child.cloneNode(true));
      });
      list.querySelectorAll("[id]").forEach(function (one) { one.removeAttribute("id"); });
      list.addEventListener("click", function (event) {
        if (event.target.closest("a")) sheet.close();
      });
      sheet.append(list);
      sheet.showModal();
      var at = list.querySelector("[aria-current]");
      if (at) at.scrollIntoView({ block: "center", behavior: "instant" });
    });
  }

  // Figures: each opens large. What scrolls is reached by the keyboard, and named by its caption.
  function nameOf(caption) {
    return caption.textContent.trim().split(/\s+/).slice(0, 2).join(" ").replace(/[.:]$/, "");
  }
  var boxes = [];
  document.querySelectorAll("main figure").forEach(function (figure, index) {
    var caption = figure.querySelector("figcaption");
    var box = figure.querySelector(".picture, .scroll") || figure.querySelector(":scope > div");
    if (!caption || !box) return;
    if (!caption.id) caption.id = "page-caption-" + index;
    boxes.push({ box: box, caption: caption });
    var picture = box.querySelector("img");
    if (!picture || !window.HTMLDialogElement) return;
    var button = document.createElement("button");
    button.type = "button";
    button.className = "enlarge";
    button.textContent = "Enlarge " + nameOf(caption);
    button.setAttribute("aria-haspopup", "dialog");
    // Pressed, the picture opens where it was pressed; by the button, at its beginning.
    function enlarge(event) {
      var seen = picture.getBoundingClientRect();
      button.focus({ preventScroll: true });
      var large = dialog("large", nameOf(caption));
      var room = document.createElement("div");
      room.className = "over-room";
      room.tabIndex = 0;
      room.setAttribute("role", "region");
      room.setAttribute("aria-labelledby", "page-large-title");
      var copy = picture.cloneNode();
      copy.removeAttribute("style");
      room.append(copy);
      large.append(room);
      large.showModal();
      if (event.currentTarget !== picture) return;
      room.scrollLeft = (event.clientX - seen.left) / seen.width * copy.offsetWidth - room.clientWidth / 2;
      room.scrollTop = (event.clientY - seen.top) / seen.height * copy.offsetHeight - room.clientHeight / 2;
    }
    button.addEventListener("click", enlarge);
    picture.addEventListener("click", enlarge);
    box.after(button);
  });
  document.querySelectorAll("main .scroll").forEach(function (box) {
    if (!box.closest("figure")) boxes.push({ box: box, caption: null });
  });
  function regions() {
    boxes.forEach(function (one) {
      var more = one.box.scrollWidth > one.box.clientWidth + 1;
      if (!more) {
        ["tabindex", "role", "aria-labelledby"].forEach(function (name) {
          one.box.removeAttribute(name);
        });
        return;
      }
      one.box.tabIndex = 0;
      if (!one.caption) return;
      one.box.setAttribute("role", "region");
      one.box.setAttribute("aria-labelledby", one.caption.id);
    });
  }
  regions();
  addEventListener("resize", regions);
  addEventListener("load", regions);
  document.addEventListener("toggle", regions, true);

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
  var help = document.getElementById("page-trace-help");

  function show(number) {
    var key = number.dataset.key;
    box.textContent = "";
    [].concat(origins[key] || []).forEach(function (line) {
      var p = document.createElement("p");
      p.textContent = line;
      box.appendChild(p);
    });
    // The name by which the authors know the number: last, and small.
    var code = document.createElement("code");
    code.textContent = key;
    box.appendChild(code);
    box.hidden = false;
    var at = number.getBoundingClientRect();
    var left = Math.min(at.left, root.clientWidth - box.offsetWidth - 16);
    box.style.left = Math.max(16, left) + scrollX + "px";
    var below = at.bottom + 6 + box.offsetHeight < innerHeight;
    box.style.top = (below ? at.bottom + 6 : at.top - box.offsetHeight - 6) + scrollY + "px";
    number.setAttribute("aria-describedby", "page-origin");
    shown = number;
    if (help) help.textContent = "";
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

  // Traced, the numbers are one stop for Tab; arrow keys lead from one to the next.
  var trace = document.getElementById("page-trace");
  var stop = null;
  function stopAt(number) {
    if (stop) stop.tabIndex = -1;
    stop = number;
    if (stop) stop.tabIndex = 0;
  }
  function seen(number) {
    return number.checkVisibility ? number.checkVisibility() : number.getClientRects().length > 0;
  }
  function step(event) {
    var from = event.target;
    var by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!root.classList.contains("tracing") || from.getAttribute("role") !== "button") return;
    if (event.key === "Enter" || event.key === " ") {
      if (shown === from) hide(); else show(from);
    } else if (by) {
      var at = [].indexOf.call(numbers, from) + by;
      while (numbers[at] && !seen(numbers[at])) at += by;
      if (numbers[at]) numbers[at].focus();
    } else return;
    event.preventDefault();
  }
  if (trace) {
    trace.hidden = false;
    trace.addEventListener("click", function () {
      var on = root.classList.toggle("tracing");
      stopAt(null);
      trace.setAttribute("aria-pressed", String(on));
      if (help) help.textContent = on ? help.dataset.text : "";
      numbers.forEach(function (n) {
        if (on) {
          n.tabIndex = -1;
          n.setAttribute("role", "button");
        } else {
          n.removeAttribute("tabindex");
          n.removeAttribute("role");
        }
      });
      // The first that is in sight.
      if (on) stopAt([].find.call(numbers, function (n) {
        return seen(n) && n.getBoundingClientRect().bottom > 0;
      }) || numbers[0]);
    });
    document.addEventListener("focusin", function (event) {
      var n = number(event);
      if (n && root.classList.contains("tracing")) stopAt(n);
    });
    document.addEventListener("keydown", step);
  }
})();
