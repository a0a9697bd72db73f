SELECT json_build_object('data', json_build_object('search', json_build_object('nodes', coalesce((
    SELECT json_agg(
        CASE node_type
            WHEN 'Group' THEN (
                SELECT json_build_object('__typename', node_type, 'slug', slug, 'name', name)
                FROM groups WHERE id = node_id
            )
            WHEN 'Event' THEN (
                SELECT json_build_object(
                    '__typename', node_type, 'slug', slug, 'name', name,
                    'startsAt', to_char(starts_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
                )
                FROM events WHERE id = node_id
            )
            WHEN 'Talk' THEN (
                SELECT json_build_object('__typename', node_type, 'slug', slug, 'title', talks.title)
                FROM talks WHERE id = node_id
            )
            WHEN 'Person' THEN (
                SELECT json_build_object('__typename', node_type, 'slug', slug, 'name', name)
                FROM people WHERE id = node_id
            )
            WHEN 'Organization' THEN (
                SELECT json_build_object('__typename', node_type, 'slug', slug, 'name', name)
                FROM organizations WHERE id = node_id
            )
            WHEN 'Venue' THEN (
                SELECT json_build_object('__typename', node_type, 'slug', slug, 'name', name, 'city', city)
                FROM venues WHERE id = node_id
            )
            ELSE (
                SELECT json_build_object('__typename', node_type, 'slug', slug, 'name', name)
                FROM topics WHERE id = node_id
            )
        END
    )
    FROM (
        SELECT node_type, node_id, title
        FROM search_steps CROSS JOIN search_documents
        WHERE step < json_array_length($1::text::json)
            AND words @@ (ARRAY(SELECT json_array_elements_text($1::text::json)))[step + 1]::tsquery
            AND (step < $2::text::int OR strpos(names, $3::text) = 0)
        ORDER BY step, title, node_id
        LIMIT 20
    ) AS hit
), '[]'))))::text
