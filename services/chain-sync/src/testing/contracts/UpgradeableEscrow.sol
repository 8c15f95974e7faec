// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import "@openzeppelin/contracts/utils/Address.sol";
import "@openzeppelin/contracts/proxy/ERC1967/ERC1967Upgrade.sol";

/// The first implementation behind a proxy.
contract UpgradeableEscrow is ERC1967Upgrade {
    event Created(bytes32 indexed id, address seller, address buyer, uint256 amount);
    event Released(bytes32 indexed id);

    mapping(bytes32 => uint8) public stateOf;
    mapping(bytes32 => uint256) public heldBy;
    mapping(bytes32 => address payable) internal _buyers;

    function create(bytes32 id, address payable buyer) external payable {
        (stateOf[id], heldBy[id], _buyers[id]) = (1, msg.value, buyer);
        emit Created(id, msg.sender, buyer, msg.value);
    }

    function release(bytes32 id) external virtual {
        Address.sendValue(_buyers[id], heldBy[id]);
        (stateOf[id], heldBy[id]) = (2, 0);
        emit Released(id);
    }

    function upgradeTo(address implementation) external {
        _upgradeTo(implementation);
    }
}
