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
        SELECT node_type, node_id, title
        FROM search_steps CROSS JOIN search_words CROSS JOIN search_documents
        WHERE step < json_array_length(?1)
            AND search_words MATCH (?1 ->> step)
            AND search_documents.id = search_words.rowid
            AND (step < CAST(?2 AS INTEGER) OR instr(names, ?3) = 0)
        ORDER BY step, title, node_id
        LIMIT 20
    ) AS hit
))))
