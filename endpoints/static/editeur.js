/* L'éditeur de requêtes : YASGUI posé sur le formulaire de /sparql, qui reste ce qu'il est sans ce script. */
"use strict";

(() => {
  const place = document.getElementById("editeur");
  const form = document.getElementById("requete");
  if (!place || !form || !window.Yasgui) return;

  const { Yasgui } = window;
  const { Yasqe } = Yasgui;
  const words = place.dataset;

  /** Le nom préfixé d'un terme, ou son adresse entre chevrons. */
  function compact(iri, prefixes) {
    for (const [name, namespace] of prefixes) {
      if (iri.startsWith(namespace)) return `${name}:${iri.slice(namespace.length)}`;
    }
    return `<${iri}>`;
  }

  /** Propose nos termes, du plus au moins employé ; un nom court suffit (« comm » pour asc:commune). */
  function completer(name, terms, prefixes) {
    const known = terms.map((iri) => ({ iri, text: compact(iri, prefixes) }));
    return {
      ...Yasqe.Autocompleters[name],
      name,
      bulk: false,
      persistenceId: null,
      get: (_editor, token) => {
        const typed = (token?.string ?? "").trim().replace(/^</, "").toLowerCase();
        return known
          .filter(({ iri, text }) => {
            const name = text.toLowerCase();
            return name.startsWith(typed) || iri.toLowerCase().startsWith(typed) || name.split(":").pop().includes(typed);
          })
          .map(({ text }) => text);
      },
      preProcessToken: (_editor, token) => token,
      postProcessSuggestion: (_editor, _token, suggestion) => suggestion,
    };
  }

  /** La phrase d'un problème (RFC 9457) au lieu de son document ; rien pour ce qui n'en est pas un. */
  async function explain(error) {
    if (!error.text?.trim().startsWith("{")) return undefined;
    const shown = document.createElement("p");
    shown.textContent = JSON.parse(error.text).detail ?? error.text;
    return shown;
  }

  function install(data) {
    const prefixes = Object.entries(data.prefixes).sort((a, b) => b[1].length - a[1].length);
    Yasqe.registerAutocompleter(completer("class", data.classes, prefixes));
    Yasqe.registerAutocompleter(completer("property", data.properties, prefixes));
    Yasqe.registerAutocompleter({
      ...Yasqe.Autocompleters.prefixes,
      persistenceId: null,
      get: Object.entries(data.prefixes).map(([name, namespace]) => `${name}: <${namespace}>`),
    });
    Yasgui.Yasr.defaults.errorRenderers = [explain];
    const query = form.elements.query;
    Yasqe.defaults.value = query.dataset.start || query.value;
    const endpoint = new URL(form.getAttribute("action"), document.location).href;
    Yasgui.Tab.prototype.getShareableLink = function link() {
      return `${endpoint}?${new URLSearchParams({ query: this.getQuery() })}`;
    };
    const yasgui = new Yasgui(place, {
      requestConfig: { endpoint, method: "POST" },
      copyEndpointOnNewTab: false,
      populateFromUrl: false,
      autofocus: false,
      tabName: words.tab,
      endpointCatalogueOptions: { getData: () => [] },
      yasr: { prefixes: data.prefixes, defaultPlugin: "table" },
      persistenceId: "annuaire",
    });
    const open = (text, title) => {
      const name = title.length > 30 ? `${title.slice(0, 29).trim()}…` : title;
      const tab = yasgui.addTab(true, { name, requestConfig: { endpoint }, yasqe: { value: text } }, { avoidDuplicateTabs: true });
      place.scrollIntoView({ block: "start" });
      return tab;
    };
    return { yasgui, open };
  }

  /** Nomme pour les lecteurs d'écran ce que l'éditeur laisse sans nom, dans chaque onglet qu'on ouvre. */
  function name() {
    for (const field of place.querySelectorAll(".CodeMirror textarea:not([aria-label]), .tabsList input:not([aria-label])")) {
      field.setAttribute("aria-label", words.tab);
    }
    for (const button of place.querySelectorAll('[role="tablist"] button:not([role])')) {
      button.setAttribute("role", "tab");
      button.setAttribute("aria-selected", "false");
    }
  }

  async function start() {
    const answer = await fetch(words.source);
    if (!answer.ok) return;
    const { yasgui, open } = install(await answer.json());
    const asked = form.elements.query.value;
    if (asked.trim() && asked !== form.elements.query.dataset.start) open(asked, words.asked);
    new MutationObserver(name).observe(place, { childList: true, subtree: true });
    name();
    form.hidden = true;
    place.hidden = false;
    yasgui.getTab()?.getYasqe()?.refresh();
    yasgui.on("query", () => {
      const shown = document.getElementById("reponse");
      if (shown) shown.hidden = true;
    });
    for (const link of document.querySelectorAll("a[data-question]")) {
      link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        const tab = open(new URL(link.href).searchParams.get("query"), link.textContent);
        tab.query().catch(() => {});
      });
    }
  }

  start().catch((error) => console.error(error));
})();
