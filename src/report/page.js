'use strict';
(function () {
  // A tile: the one that it lies in, its class, what that calls it, address, objects, bytes retained, bytes of its own.
  var data = JSON.parse(document.getElementById('map-data').textContent);
  var INSIDE = 0, CLASS = 1, STEP = 2, ADDRESS = 3, COUNT = 4, RETAINED = 5, OWN = 6;
  var ALL = -1, HEAD = 17, SMALLEST = 3;
  var inside = new Map([[ALL, []]]);
  data.tiles.forEach(function (tile, at) {
    if (!inside.has(tile[INSIDE])) inside.set(tile[INSIDE], []);
    inside.get(tile[INSIDE]).push(at);
  });
  inside.forEach(function (tiles) {
    tiles.sort(function (a, b) { return data.tiles[b][RETAINED] - data.tiles[a][RETAINED]; });
  });

  function size(bytes) {
    var units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'], unit = 0;
    while (bytes >= 1024 && unit < 4) { bytes /= 1024; unit++; }
    return (unit && bytes < 10 ? bytes.toFixed(1) : Math.round(bytes)) + ' ' + units[unit];
  }
  function share(bytes) {
    var percent = 100 * bytes / Math.max(1, data.total);
    return (percent < 10 ? percent.toFixed(1) : Math.round(percent)) + ' %';
  }
  function retained(at) { return at === ALL ? data.total : data.tiles[at][RETAINED]; }
  function name(at) {
    if (at === ALL) return 'All that is alive';
    var tile = data.tiles[at], text = data.classes[tile[CLASS]];
    if (tile[STEP]) text = tile[STEP] + ' ' + text;
    return tile[COUNT] > 1 ? tile[COUNT].toLocaleString('en') + ' \u00d7 ' + text : text;
  }
  function hue(at) {
    var text = data.classes[data.tiles[at][CLASS]], sum = 7;
    for (var i = 0; i < text.length; i++) sum = (sum * 31 + text.charCodeAt(i)) % 3600;
    return text[0] === '(' ? null : sum / 10;
  }
  function about(at) {
    if (at === ALL) return size(data.total) + ' of objects.';
    var tile = data.tiles[at];
    var text = name(at) + ': ' + size(tile[RETAINED]) + ', ' + share(tile[RETAINED]) + ' of what is alive';
    if (tile[OWN] < tile[RETAINED]) text += ', ' + size(tile[OWN]) + ' of it its own';
    return text + (tile[ADDRESS] ? '. Address ' + tile[ADDRESS] + '.' : '.');
  }

  // Squarified: rows along the shorter side, each as long as that makes its tiles more like squares.
  function layout(items, x, y, w, h, place) {
    var sum = items.reduce(function (all, item) { return all + item.size; }, 0);
    if (!(sum > 0)) return;
    var scale = w * h / sum, at = 0;
    function worst(row, side) {
      var area = 0, most = 0, least = Infinity;
      row.forEach(function (item) {
        var a = item.size * scale;
        area += a; most = Math.max(most, a); least = Math.min(least, a);
      });
      return Math.max(side * side * most / (area * area), area * area / (side * side * least));
    }
    while (at < items.length && w > 0.5 && h > 0.5) {
      var side = Math.min(w, h), row = [items[at++]];
      while (at < items.length && worst(row.concat([items[at]]), side) <= worst(row, side)) row.push(items[at++]);
      var area = row.reduce(function (all, item) { return all + item.size * scale; }, 0);
      var depth = area / side, offset = 0;
      row.forEach(function (item) {
        var length = item.size * scale / depth;
        if (w >= h) place(item, x, y + offset, depth, length);
        else place(item, x + offset, y, length, depth);
        offset += length;
      });
      if (w >= h) { x += depth; w -= depth; } else { y += depth; h -= depth; }
    }
  }
  function items(at) {
    var list = (inside.get(at) || []).map(function (tile) { return { at: tile, size: data.tiles[tile][RETAINED] }; });
    // What is its own is a tile too; of an object without others it is the whole.
    if (at !== ALL && list.length && data.tiles[at][OWN] > 0) list.push({ at: null, size: data.tiles[at][OWN] });
    return list.sort(function (a, b) { return b.size - a.size; });
  }
  function box(element, x, y, w, h) {
    element.style.left = x + 'px'; element.style.top = y + 'px';
    element.style.width = w + 'px'; element.style.height = h + 'px';
  }
  function tint(element, at) {
    var of = at === null ? null : hue(at);
    element.style.setProperty('--hue', of === null ? 80 : of);
    if (of === null) element.style.setProperty('--tile-c', 0.012);
  }

  var tiles = document.getElementById('tiles'), crumbs = document.getElementById('crumbs');
  var told = document.getElementById('told'), here = ALL;
  function draw(focus) {
    tiles.textContent = '';
    var list = items(here);
    layout(list, 0, 0, tiles.clientWidth, tiles.clientHeight, function (item, x, y, w, h) {
      if (w < SMALLEST || h < SMALLEST) return;
      var button = document.createElement('button');
      button.type = 'button';
      box(button, x, y, w, h);
      tint(button, item.at);
      if (item.at === null) {
        button.className = 'own';
        button.disabled = true;
        button.title = 'itself: ' + size(item.size);
        if (w > 34 && h > 16) button.textContent = 'itself';
        tiles.appendChild(button);
        return;
      }
      var deeper = inside.has(item.at);
      if (!deeper) button.className = 'whole';
      button.dataset.at = item.at;
      button.title = about(item.at);
      button.setAttribute('aria-label', about(item.at) + (deeper ? ' Go into it.' : ''));
      if (w > 34 && h > 16) {
        var label = document.createElement('b');
        label.textContent = name(item.at);
        button.append(label, ' ' + size(item.size));
      }
      if (deeper && w > 60 && h > 48) {
        layout(items(item.at), 2, HEAD, w - 6, h - HEAD - 4, function (inner, ix, iy, iw, ih) {
          if (iw < SMALLEST || ih < SMALLEST) return;
          var span = document.createElement('span');
          span.setAttribute('aria-hidden', 'true');
          box(span, ix, iy, iw, ih);
          tint(span, inner.at);
          if (iw > 40 && ih > 15 && inner.at !== null) span.textContent = name(inner.at);
          button.appendChild(span);
        });
      }
      tiles.appendChild(button);
    });
    crumbs.textContent = '';
    var way = [];
    for (var at = here; at !== ALL; at = data.tiles[at][INSIDE]) way.unshift(at);
    way.unshift(ALL);
    way.forEach(function (at, number) {
      if (number) crumbs.appendChild(document.createElement('span')).textContent = '\u203a';
      var button = crumbs.appendChild(document.createElement('button'));
      button.type = 'button';
      button.textContent = name(at);
      if (at === here) button.setAttribute('aria-current', 'location');
      button.addEventListener('click', function () { go(at); });
    });
    told.textContent = about(here);
    if (focus) (tiles.querySelector('button:not([disabled])') || crumbs.lastChild).focus();
  }
  function go(at) { here = at; draw(true); }
  tiles.addEventListener('click', function (event) {
    var button = event.target.closest('button[data-at]');
    if (!button) return;
    var at = Number(button.dataset.at);
    if (inside.has(at)) go(at); else told.textContent = about(at);
  });
  document.getElementById('map').addEventListener('keydown', function (event) {
    if ((event.key === 'Escape' || event.key === 'Backspace') && here !== ALL) {
      event.preventDefault();
      go(data.tiles[here][INSIDE]);
    }
  });
  document.getElementById('map').hidden = false;
  draw(false);
  var width = tiles.clientWidth;
  new ResizeObserver(function () {
    if (tiles.clientWidth !== width) { width = tiles.clientWidth; draw(false); }
  }).observe(tiles);

  var table = document.getElementById('classes'), body = table.tBodies[0];
  table.querySelectorAll('th[aria-sort]').forEach(function (head, column) {
    head.querySelector('button').addEventListener('click', function () {
      var isNumber = head.hasAttribute('data-number');
      var now = head.getAttribute('aria-sort');
      var next = now === 'none' ? (isNumber ? 'descending' : 'ascending') : now === 'ascending' ? 'descending' : 'ascending';
      table.querySelectorAll('th[aria-sort]').forEach(function (other) { other.setAttribute('aria-sort', 'none'); });
      head.setAttribute('aria-sort', next);
      var sign = next === 'ascending' ? 1 : -1;
      var rows = Array.from(body.rows);
      rows.sort(function (a, b) {
        var x = a.cells[column], y = b.cells[column];
        if (isNumber) return sign * (x.dataset.value - y.dataset.value);
        return sign * (x.textContent < y.textContent ? -1 : x.textContent > y.textContent ? 1 : 0);
      });
      body.append.apply(body, rows);
    });
  });
  document.getElementById('filter').addEventListener('input', function (event) {
    var wanted = event.target.value.toLowerCase();
    Array.from(body.rows).forEach(function (row) {
      row.hidden = !row.cells[0].textContent.toLowerCase().includes(wanted);
    });
  });
}());
