/* Les mots de YASGUI en français : la bibliothèque ne parle qu'anglais, et les écrit elle-même. */
"use strict";

(() => {
  const table = window.Yasgui?.Yasr?.plugins?.table;
  if (!table) return;

  const words = {
    "Accept Headers": "Formats demandés",
    "Add a new tab": "Ouvrir un onglet",
    "Add tab": "Nouvel onglet",
    "All": "Toutes",
    "Arguments": "Paramètres",
    "cannot render result": "ce résultat ne peut pas être montré",
    "Close other tabs": "Fermer les autres onglets",
    "Close settings": "Fermer les réglages",
    "Close Tab": "Fermer l'onglet",
    "Close tab": "Fermer l'onglet",
    "Copy Tab": "Copier l'onglet",
    "Default Graphs": "Graphes par défaut",
    "Download not supported": "Rien à télécharger",
    "Download result": "Télécharger le résultat",
    "Download Results": "Télécharger le résultat",
    "Ellipse": "Textes abrégés",
    "Endpoint is down": "Le service ne répond pas",
    "Error": "Erreur",
    "Filter query results": "Filtrer les lignes",
    "Header Arguments": "En-têtes",
    "Incorrect endpoint URL": "L'adresse du service est fausse",
    "Named Graphs": "Graphes nommés",
    "New Tab": "Nouvel onglet",
    "Open settings": "Réglages de la requête",
    "Page size:": "Lignes par page :",
    "Press CTRL - <spacebar> to autocomplete": "Ctrl + Espace propose la suite",
    "Rename Tab": "Renommer l'onglet",
    "Request method": "Méthode HTTP",
    "Response": "Réponse",
    "Run query": "Exécuter la requête",
    "Share query": "Partager la requête",
    "Show all": "Tout montrer",
    "Shows Response view": "Montrer la réponse telle quelle",
    "Shows Table view": "Montrer la réponse en tableau",
    "Simple view": "Vue simple",
    "Table": "Tableau",
    "Try query in a new browser window": "Essayer la requête dans une autre fenêtre",
    "Unable to get response from endpoint. Possible reasons:": "Pas de réponse du service. Raisons possibles :",
    "Undo close Tab": "Rouvrir l'onglet fermé",
  };
  const seconds = (text) => ` en ${text.replace(".", ",")} s`;
  const sentences = [
    [/^(\d+) results?(?: in ([\d.]+) seconds?)?$/, (_, n, t) => `${n} résultat${n > 1 ? "s" : ""}${t ? seconds(t) : ""}`],
    [/^Response in ([\d.]+) seconds?$/, (_, t) => `Réponse${seconds(t)}`],
    [/^Error \(#(\d+)\)$/, (_, status) => `Erreur ${status}`],
  ];
  const attributes = ["title", "aria-label", "placeholder"];
  const written = ".CodeMirror-scroll, .tabsList a > span, tbody, thead, pre";

  table.defaults.tableConfig.language = {
    emptyTable: "Aucune ligne",
    entries: { _: "lignes", 1: "ligne" },
    info: "Lignes _START_ à _END_ sur _TOTAL_",
    infoEmpty: "Aucune ligne",
    infoFiltered: "(filtrées parmi _MAX_)",
    loadingRecords: "Un instant…",
    zeroRecords: "Aucune ligne ne convient",
    aria: {
      orderable: " : trier",
      orderableReverse: " : inverser le tri",
      orderableRemove: " : ne plus trier",
      paginate: { first: "Première page", last: "Dernière page", next: "Page suivante", previous: "Page précédente" },
    },
  };

  function french(text) {
    const bare = text.trim();
    if (bare in words) return text.replace(bare, words[bare]);
    return sentences.reduce((told, [pattern, sentence]) => told.replace(pattern, sentence), bare);
  }

  function translate(element) {
    for (const name of attributes) {
      const told = element.getAttribute(name);
      if (told && french(told) !== told) element.setAttribute(name, french(told));
    }
    for (const node of element.childNodes) {
      if (node.nodeType === Node.TEXT_NODE && node.data.trim() && french(node.data) !== node.data.trim()) node.data = french(node.data);
    }
  }

  /* Ce qui vient des données ou de l'utilisateur reste tel quel. */
  function visit(element, deep) {
    if (!element.closest(".yasgui") || element.closest(written)) return;
    translate(element);
    if (deep) for (const child of element.children) visit(child, true);
  }

  new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes) {
      const element = target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement;
      if (element) visit(element, false);
      for (const node of addedNodes) if (node.nodeType === Node.ELEMENT_NODE) visit(node, true);
    }
  }).observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: attributes });
})();
