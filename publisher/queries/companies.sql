-- How many companies each commune, département and région has.
SELECT p AS property, o AS key, count(*) AS n
FROM said SEMI JOIN (SELECT s FROM said WHERE p = '<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>' AND o = '<http://www.w3.org/ns/legal#LegalEntity>') USING (s)
WHERE p IN ('<https://w3id.org/annuaire-territorial/def#commune>', '<https://w3id.org/annuaire-territorial/def#departement>', '<https://w3id.org/annuaire-territorial/def#region>')
  AND starts_with(o, '<')
GROUP BY p, o
