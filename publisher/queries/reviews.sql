-- Records that were checked or are to be reviewed, the most pressing first: those whose state says so, then the oldest checks.
WITH
  told AS (
    SELECT s AS record, p, o FROM said
    WHERE p IN ('<https://w3id.org/annuaire-territorial/def#verifieLe>', '<https://w3id.org/annuaire-territorial/def#statutFiche>', '<https://w3id.org/annuaire-territorial/def#verifiePar>')
  ),
  states AS (SELECT record, min(o) AS state FROM told WHERE p = '<https://w3id.org/annuaire-territorial/def#statutFiche>' GROUP BY record),
  days AS (SELECT record, min(o) AS day FROM told WHERE p = '<https://w3id.org/annuaire-territorial/def#verifieLe>' GROUP BY record),
  authors AS (SELECT record, min(o) AS author FROM told WHERE p = '<https://w3id.org/annuaire-territorial/def#verifiePar>' GROUP BY record),
  records AS (SELECT record FROM days UNION SELECT record FROM states WHERE state = '"a-revoir"'),
  things AS (SELECT s AS record, o AS thing FROM said WHERE p = '<http://xmlns.com/foaf/0.1/primaryTopic>' AND s IN (SELECT record FROM records)),
  names AS (SELECT s AS thing, min(o) AS name FROM said WHERE p = '<http://www.w3.org/2004/02/skos/core#prefLabel>' AND ends_with(o, '"@fr') AND s IN (SELECT thing FROM things) GROUP BY s)
SELECT thing, name, state, day, author
FROM records JOIN things USING (record) JOIN names USING (thing)
  LEFT JOIN states USING (record) LEFT JOIN days USING (record) LEFT JOIN authors USING (record)
ORDER BY coalesce(state = '"a-revoir"', false) DESC, day NULLS FIRST, name, thing
