-- What is said of each thing, and what leads to it, under the short names that publisher/search_documents.py reads.
WITH
  contracts AS (SELECT s AS contract FROM said WHERE p = '<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>' AND o = '<https://w3id.org/annuaire-territorial/def#Marche>'),
  parties AS (
    SELECT s AS contract, p AS role, o AS party FROM said SEMI JOIN contracts ON s = contract
    WHERE p IN ('<https://w3id.org/annuaire-territorial/def#entreprise>', '<https://w3id.org/annuaire-territorial/def#acheteur>')
  ),
  holders AS (SELECT contract, party AS thing FROM parties WHERE role = '<https://w3id.org/annuaire-territorial/def#entreprise>'),
  buyers AS (SELECT contract, party AS buyer FROM parties WHERE role = '<https://w3id.org/annuaire-territorial/def#acheteur>'),
  kinds_of_buyer AS (
    SELECT contract, o AS value FROM buyers JOIN said ON s = buyer WHERE p = '<https://w3id.org/annuaire-territorial/def#typeCollectivite>'
    UNION ALL
    SELECT contract, '"ville-acv"' FROM contracts JOIN said ON s = contract WHERE p = '<https://w3id.org/annuaire-territorial/def#convention>'
  ),
  years AS (
    SELECT contract, '"' || o[2:5] || '"' AS value FROM contracts JOIN said ON s = contract
    WHERE p = '<https://w3id.org/annuaire-territorial/def#dateNotification>'
  )
SELECT s AS thing, name, o AS value FROM said JOIN (VALUES
    ('<http://www.w3.org/2004/02/skos/core#prefLabel>', 'label'),
    ('<http://www.w3.org/2004/02/skos/core#altLabel>', 'other'),
    ('<http://rdf.insee.fr/def/geo#nomSansArticle>', 'other'),
    ('<https://w3id.org/annuaire-territorial/def#nomAvecArticle>', 'other'),
    ('<http://purl.org/dc/terms/description>', 'description'),
    ('<http://www.w3.org/2004/02/skos/core#definition>', 'description'),
    ('<http://rdf.insee.fr/def/geo#codeINSEE>', 'code'),
    ('<http://www.w3.org/2004/02/skos/core#notation>', 'code'),
    ('<https://w3id.org/annuaire-territorial/def#commune>', 'commune'),
    ('<https://w3id.org/annuaire-territorial/def#departement>', 'departement'),
    ('<https://w3id.org/annuaire-territorial/def#region>', 'region'),
    ('<https://w3id.org/annuaire-territorial/def#epci>', 'epci'),
    ('<https://w3id.org/annuaire-territorial/def#domaine>', 'domaine'),
    ('<http://www.w3.org/2004/02/skos/core#broader>', 'broader'),
    ('<https://w3id.org/annuaire-territorial/def#annee>', 'annee'),
    ('<https://w3id.org/annuaire-territorial/def#population>', 'population'),
    ('<https://w3id.org/annuaire-territorial/def#deploiement>', 'elsewhere'),
    ('<https://w3id.org/annuaire-territorial/def#vague>', 'wave'),
    ('<https://w3id.org/annuaire-territorial/def#montant>', 'amount'),
    ('<https://w3id.org/annuaire-territorial/def#dateNotification>', 'date'),
    ('<http://purl.org/dc/terms/date>', 'date')
  ) AS properties (property, name) ON p = property
UNION ALL  -- codes that lead to a commune besides its own: municipal arrondissements, delegated and former communes
SELECT parent.o, 'otherCode', code.o
  FROM said AS part JOIN said AS parent USING (s) JOIN said AS code USING (s)
  WHERE part.p = '<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>'
    AND part.o IN ('<http://rdf.insee.fr/def/geo#ArrondissementMunicipal>', '<http://rdf.insee.fr/def/geo#CommuneDeleguee>', '<http://rdf.insee.fr/def/geo#CommuneAssociee>')
    AND parent.p = '<http://rdf.insee.fr/def/geo#subdivisionDirecteDe>' AND code.p = '<http://rdf.insee.fr/def/geo#codeINSEE>'
UNION ALL
SELECT o, 'otherCode', '"' || split_part(s[2:-2], '/geo/commune/', 2) || '"' FROM said WHERE p = '<http://purl.org/dc/terms/isReplacedBy>'
UNION ALL  -- the communes of an Action Cœur de Ville convention
SELECT o, 'acv', '"oui"' FROM said
  SEMI JOIN (SELECT s FROM said WHERE p = '<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>' AND o = '<https://w3id.org/annuaire-territorial/def#ConventionACV>') USING (s)
  WHERE p = '<https://w3id.org/annuaire-territorial/def#commune>'
UNION ALL  -- what the innovation projects of a company are called: words that lead to it
SELECT company.o, 'project', label.o
  FROM said AS project JOIN said AS company USING (s) JOIN said AS label USING (s)
  WHERE project.p = '<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>' AND project.o = '<https://w3id.org/annuaire-territorial/def#Projet>'
    AND company.p = '<https://w3id.org/annuaire-territorial/def#entreprise>' AND label.p = '<http://www.w3.org/2004/02/skos/core#prefLabel>'
UNION ALL  -- what public contracts say of themselves: parties, kind of buyer, year
SELECT contract, 'related', o FROM parties JOIN said ON s = party WHERE p = '<http://www.w3.org/2004/02/skos/core#prefLabel>'
UNION ALL
SELECT contract, 'related', '"' || split_part(party[:-2], '/', -1) || '"' FROM parties
UNION ALL
SELECT contract, 'buyer', value FROM kinds_of_buyer
UNION ALL
SELECT contract, 'annee', value FROM years
UNION ALL  -- and of the company that holds them
SELECT thing, 'buyer', value FROM holders JOIN kinds_of_buyer USING (contract)
UNION ALL
SELECT thing, 'related', o FROM holders JOIN said ON s = contract WHERE p = '<http://www.w3.org/2004/02/skos/core#prefLabel>'
UNION ALL
SELECT thing, 'contract', contract FROM holders
UNION ALL
SELECT thing, 'town', town.o FROM holders JOIN said AS place ON place.s = contract JOIN said AS town ON town.s = place.o
  WHERE place.p = '<https://w3id.org/annuaire-territorial/def#commune>' AND town.p = '<https://w3id.org/annuaire-territorial/def#population>'
UNION ALL
SELECT thing, 'contractYear', value FROM holders JOIN years USING (contract)
