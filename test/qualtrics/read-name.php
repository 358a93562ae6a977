<?php
// What PHP makes of an upload. `name` would be without anything before a slash or backslash (a rule for
// old browsers that sent whole paths); `full_path` is the name as it was parsed.
$file = $_FILES['file'];
echo json_encode(['name' => $file['full_path'], 'folder' => $_POST['folder'] ?? null], JSON_THROW_ON_ERROR);
