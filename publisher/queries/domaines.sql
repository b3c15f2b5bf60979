-- How many companies each domain has, its narrower domains' included.
WITH RECURSIVE
  classified AS (
    SELECT s, o FROM said SEMI JOIN (SELECT s FROM said WHERE p = '<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>' AND o = '<http://www.w3.org/ns/legal#LegalEntity>') USING (s)
    WHERE p = '<https://w3id.org/annuaire-territorial/def#domaine>'
  ),
  broader (domain, key) AS (
    SELECT DISTINCT o, o FROM classified
    UNION
    SELECT domain, o FROM broader JOIN said ON s = key WHERE p = '<http://www.w3.org/2004/02/skos/core#broader>'
  )
SELECT key, count(DISTINCT s) AS n FROM classified JOIN broader ON o = domain GROUP BY key
