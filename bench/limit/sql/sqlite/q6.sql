SELECT json_object('data', json_object('search', json_object('nodes', (
    SELECT json_group_array(
        CASE node_type
            WHEN 'Group' THEN (
                SELECT json_object('__typename', node_type, 'slug', slug, 'name', name)
                FROM groups WHERE id = node_id
            )
            WHEN 'Event' THEN (
                SELECT json_object(
                    '__typename', node_type, 'slug', slug, 'name', name,
                    'startsAt', replace(starts_at, '+00:00', 'Z')
                )
                FROM events WHERE id = node_id
            )
            WHEN 'Talk' THEN (
                SELECT json_object('__typename', node_type, 'slug', slug, 'title', talks.title)
                FROM talks WHERE id = node_id
            )
            WHEN 'Person' THEN (
                SELECT json_object('__typename', node_type, 'slug', slug, 'name', name)
                FROM people WHERE id = node_id
            )
            WHEN 'Organization' THEN (
                SELECT json_object('__typename', node_type, 'slug', slug, 'name', name)
                FROM organizations WHERE id = node_id
            )
            WHEN 'Venue' THEN (
                SELECT json_object('__typename', node_type, 'slug', slug, 'name', name, 'city', city)
                FROM venues WHERE id = node_id
            )
            ELSE (
                SELECT json_object('__typename', node_type, 'slug', slug, 'name', name)
                FROM topics WHERE id = node_id
            )
        END
    )
    FROM (
        SELECT node_type, node_id, title,
            CASE
                WHEN names LIKE '%' || char(10) || ?1 || char(10) || '%' THEN 0
                WHEN names LIKE '%' || char(10) || ?1 || '%' THEN 10
                WHEN id IN (SELECT rowid FROM search_words WHERE search_words MATCH ?3) THEN 20
                ELSE 30
            END - weight AS place
        FROM search_documents
        WHERE id IN (SELECT rowid FROM search_words WHERE search_words MATCH ?2)
        ORDER BY place, title, node_id
        LIMIT 20
    ) AS hit
))))
