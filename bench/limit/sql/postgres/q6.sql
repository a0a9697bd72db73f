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
        SELECT node_type, node_id, title,
            CASE
                WHEN names LIKE '%' || chr(10) || $1 || chr(10) || '%' THEN 0
                WHEN names LIKE '%' || chr(10) || $1 || '%' THEN 10
                WHEN words @@ $3::text::tsquery THEN 20
                ELSE 30
            END - weight AS place
        FROM search_documents
        WHERE words @@ $2::text::tsquery
        ORDER BY place, title, node_id
        LIMIT 20
    ) AS hit
), '[]'))))::text
