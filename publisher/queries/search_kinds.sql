-- The things that can be searched, each with the class of its address. A new kind of thing is a new row; the domains
-- are the concepts of the scheme that asc:domaine takes its values from.
SELECT s AS thing, kind FROM said JOIN (VALUES
    ('<http://www.w3.org/ns/legal#LegalEntity>', 'entreprise'),
    ('<https://w3id.org/annuaire-territorial/def#Marche>', 'marche'),
    ('<https://w3id.org/annuaire-territorial/def#Projet>', 'projet'),
    ('<https://w3id.org/annuaire-territorial/def#Solution>', 'solution'),
    ('<https://w3id.org/annuaire-territorial/def#BonnePratique>', 'pratique'),
    ('<http://rdf.insee.fr/def/geo#Region>', 'region'),
    ('<http://rdf.insee.fr/def/geo#Departement>', 'departement'),
    ('<http://rdf.insee.fr/def/geo#Commune>', 'commune'),
    ('<http://rdf.insee.fr/def/geo#Intercommunalite>', 'intercommunalite')
  ) AS classes (class, kind) ON o = class
  WHERE p = '<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>'
UNION ALL
SELECT s, 'domaine' FROM said WHERE p = '<http://www.w3.org/2004/02/skos/core#inScheme>' AND o = '<https://w3id.org/annuaire-territorial/domaine/>'
