-- How many triples of each property lead to another referential (void:Linkset). A new referential is a new row.
SELECT name, space, fr, en, p AS key, count(*) AS n
FROM said JOIN (VALUES
  ('insee', 'http://id.insee.fr/', 'Liens vers les territoires de l''Insee', 'Links to INSEE''s territories'),
  ('wikidata', 'http://www.wikidata.org/entity/', 'Liens vers Wikidata', 'Links to Wikidata'),
  ('nuts', 'http://data.europa.eu/nuts/', 'Liens vers les régions NUTS', 'Links to NUTS regions'),
  ('themes', 'http://publications.europa.eu/resource/authority/data-theme/',
   'Liens vers les thèmes de données européens', 'Links to the EU data themes'),
  ('annuaire-entreprises', 'https://annuaire-entreprises.data.gouv.fr/',
   'Liens vers l''Annuaire des entreprises', 'Links to the Annuaire des entreprises')
) AS referential (name, space, fr, en) ON starts_with(o, '<' || space)
WHERE starts_with(s, '<') AND NOT starts_with(s, '<' || space)
GROUP BY name, space, fr, en, p
ORDER BY name, p[2:-2]
